// Colours that depend on the clinic's brand colour, made readable (WCAG contrast) in light and dark.
// @ts-check

/** @typedef {import("./panel.js").Rgb} Rgb */
/** @type {Rgb} */
const WHITE = [255, 255, 255];
/** @type {Rgb} the bubbles of the dark look */
const DARK = [31, 39, 39];

/**
 * A colour, moved towards black (0) or white (255) until it can be read on a ground.
 * @param {Rgb} colour @param {Rgb} ground @param {0|255} end @param {number} wanted
 * @param {(a: Rgb, b: Rgb) => number} contrast
 */
function readable(colour, ground, end, wanted, contrast) {
  for (let part = 0; ; part += 0.05) {
    const mixed = /** @type {Rgb} */ (colour.map((c) => Math.round(c + (end - c) * Math.min(1, part))));
    if (part >= 1 || contrast(mixed, ground) >= wanted) return `rgb(${mixed})`;
  }
}

/** The links of both looks, with room for tinted grounds. @param {Rgb} brand @param {(a: Rgb, b: Rgb) => number} contrast */
export function links(brand, contrast) {
  const light = readable(brand, WHITE, 0, 5.5, contrast);
  const dark = readable(brand, DARK, 255, 7.5, contrast);
  return `:host{--link-on-light:${light};--link-on-dark:${dark}}`;
}
