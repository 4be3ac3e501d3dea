(()=>{"use strict";runpages.make=(e,t,...n)=>{const s=Object.assign(document.createElement(e),t);return s.append(...n),s},runpages.said=e=>{document.getElementById("said").textContent=e}})();
