// How much two images differ: the mean of |A − B| over all pixels and colours, from 0 to 255, and the PSNR in dB.
(function () {
  "use strict";
  const PEAK = 255;
  // Pixels that are read at once, so that the page answers in between.
  const STRIP = 1 << 19;

  // Pixels as RGBA; what is transparent was drawn on white, so the fourth value says nothing.
  /** @param {ImageSum} sum @param {ArrayLike<number>} a @param {ArrayLike<number>} b @returns {ImageSum} */
  function added({ absolute, squares, count }, a, b) {
    for (let at = 0; at < a.length; at += 4) {
      for (let k = at; k < at + 3; k++) {
        const by = a[k] - b[k];
        absolute += by < 0 ? -by : by;
        squares += by * by;
      }
    }
    return { absolute, squares, count: count + (a.length / 4) * 3 };
  }

  // The PSNR of equal images is infinite.
  /** @param {ImageSum} sum @returns {ImageDifference} */
  const result = ({ absolute, squares, count }) => ({ mean: absolute / count, psnr: 10 * Math.log10((PEAK * PEAK * count) / squares) });

  /** @param {ImageDifference} difference */
  function spelled({ mean, psnr }) {
    return { mean: String(Number(mean.toPrecision(3))).replace("-", "−"), psnr: psnr === Infinity ? "∞" : psnr.toFixed(1) };
  }

  /** @param {string} src */
  async function decoded(src) {
    const image = Object.assign(new Image(), { src });
    await image.decode();
    return image;
  }

  /** @param {number} width @param {number} rows */
  function reader(width, rows) {
    const canvas = Object.assign(document.createElement("canvas"), { width, height: rows });
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false, willReadFrequently: true }));
    return (/** @type {HTMLImageElement} */ image, /** @type {number} */ top, /** @type {number} */ height) => {
      context.fillStyle = "#fff";
      context.fillRect(0, 0, width, rows);
      context.drawImage(image, 0, -top);
      return context.getImageData(0, 0, width, height).data;
    };
  }

  // Null where the sizes differ. A page from a file may show images but not read their pixels: a SecurityError.
  /** @param {string} a @param {string} b @returns {Promise<ImageDifference | null>} */
  async function measured(a, b) {
    const images = await Promise.all([decoded(a), decoded(b)]);
    const [{ naturalWidth: width, naturalHeight: height }, other] = images;
    if (width !== other.naturalWidth || height !== other.naturalHeight) return null;
    const rows = Math.min(height, Math.max(1, Math.floor(STRIP / width)));
    const read = reader(width, rows);
    let sum = { absolute: 0, squares: 0, count: 0 };
    for (let top = 0; top < height; top += rows) {
      const [one, two] = images.map((image) => read(image, top, Math.min(rows, height - top)));
      sum = added(sum, one, two);
      await new Promise((done) => setTimeout(done));
    }
    return result(sum);
  }

  /** @type {Map<string, Promise<ImageDifference | null>>} */
  const known = new Map();
  let last = Promise.resolve();

  // One pair after the other, so that no more than two whole images are in memory; none twice.
  /** @param {string} a @param {string} b @param {() => boolean} isWanted */
  function measure(a, b, isWanted) {
    const key = a + "\n" + b;
    const before = last;
    const found = known.get(key) || before.then(() => (isWanted() ? measured(a, b) : Promise.reject(new Error("no longer in view"))));
    known.set(key, found);
    last = found.then(() => {}, () => { known.delete(key); });
    return found;
  }

  runpages.imageDifference = { added, result, spelled, measure };
})();
