// Every colour from the clinic's one brand colour, by steps of lightness in OKLCH, each checked for contrast.
// @ts-check

/** @typedef {import("./panel.js").Rgb} Rgb */

const MATRIX = {
  toCone: [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]],
  toLab: [[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.808675766]],
  fromLab: [[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728], [1, -0.0894841775, -1.291485548]],
  fromCone: [[4.0767416621, -3.3077115913, 0.2309699292], [-1.2684380046, 2.6097574011, -0.3413193965], [-0.0041960863, -0.7034186147, 1.707614701]],
};

/** @param {number[][]} matrix @param {number[]} vector */
const times = (matrix, vector) => matrix.map((row) => row.reduce((sum, value, i) => sum + value * vector[i], 0));
const linear = (/** @type {number} */ c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const gamma = (/** @type {number} */ c) => (c <= 0.0031308 ? c * 12.92 : 1.055 * c ** (1 / 2.4) - 0.055);

/** Chroma and hue. @param {Rgb} colour */
function tint(colour) {
  const [, a, b] = times(MATRIX.toLab, times(MATRIX.toCone, colour.map((c) => linear(c / 255))).map(Math.cbrt));
  return { chroma: Math.hypot(a, b), hue: Math.atan2(b, a) };
}

/** @param {number} lightness @param {number} chroma @param {number} hue @returns {Rgb} */
function colour(lightness, chroma, hue) {
  const cones = times(MATRIX.fromLab, [lightness, chroma * Math.cos(hue), chroma * Math.sin(hue)]).map((c) => c ** 3);
  const [r, g, b] = times(MATRIX.fromCone, cones).map((c) => Math.round(255 * gamma(Math.min(1, Math.max(0, c)))));
  return [r, g, b];
}

/** WCAG relative luminance. @param {Rgb} one */
const luminance = (one) => times([[0.2126, 0.7152, 0.0722]], one.map((c) => linear(c / 255)))[0];

/** WCAG contrast. @param {Rgb} a @param {Rgb} b */
export function contrast(a, b) {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

/** The first step of lightness that can be read on a ground. @param {number} from @param {number} step @param {number} chroma @param {number} hue @param {Rgb} ground @param {number} wanted */
function readable(from, step, chroma, hue, ground, wanted) {
  for (let l = from; ; l += step) {
    const found = colour(l, chroma, hue);
    if (contrast(found, ground) >= wanted || l < 0 || l > 1) return found;
  }
}

/** @param {Rgb} brand @param {boolean} dark */
function palette(brand, dark) {
  const { chroma, hue } = tint(brand);
  const grey = Math.min(chroma, 0.09);
  const sign = dark ? 1 : -1;
  const soft = dark ? colour(0.33, grey * 0.55, hue) : colour(0.95, grey * 0.3, hue);
  const [page, raised] = dark ? [colour(0.2, grey * 0.12, hue), colour(0.255, grey * 0.14, hue)] : [colour(0.982, grey * 0.04, hue), colour(1, 0, 0)];
  return {
    page,
    raised,
    soft,
    strong: dark ? colour(0.95, grey * 0.05, hue) : colour(0.27, grey * 0.2, hue),
    quiet: readable(dark ? 0.66 : 0.56, 0.01 * sign, grey * 0.15, hue, soft, 4.6),
    line: dark ? colour(0.37, grey * 0.15, hue) : colour(0.9, grey * 0.08, hue),
    field: readable(dark ? 0.5 : 0.7, 0.01 * sign, grey * 0.15, hue, page, 3.1),
    link: readable(dark ? 0.7 : 0.55, 0.01 * sign, Math.min(chroma, 0.16), hue, soft, 4.7),
    danger: dark ? colour(0.82, 0.1, 0.45) : colour(0.44, 0.17, 0.49),
    "danger-soft": dark ? colour(0.3, 0.08, 0.42) : colour(0.955, 0.02, 0.4),
    here: dark ? colour(0.8, 0.16, 2.6) : colour(0.5, 0.13, 2.6),
  };
}

/** The custom properties of both looks. @param {Rgb} brand */
export function tokens(brand) {
  const css = (/** @type {boolean} */ dark) =>
    Object.entries(palette(brand, dark)).map(([name, [r, g, b]]) => `--${name}:rgb(${r} ${g} ${b})`).join(";");
  return `.panel{${css(false)}}@media (prefers-color-scheme:dark){.panel{${css(true)}}}`;
}
