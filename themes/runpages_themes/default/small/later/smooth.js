(()=>{"use strict";runpages.smooth=(e,t)=>{let[r,s]=[0,1];return e.map(e=>Number.isFinite(e)?(r=t*r+(1-t)*e,s*=t,r/(1-s)):null)}})();
