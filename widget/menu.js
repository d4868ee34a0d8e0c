// The menu behind the three dots, and the choice of a language.
// @ts-check
import { icon, make } from "./dom.js";
import { LANGUAGES } from "./speech.js";

/**
 * @param {import("./speech.js").Words} words
 * @param {[string, () => any][]} ways what can be done: its name, and how
 * @param {boolean} sound @param {(wished: boolean) => void} wish @param {HTMLElement} languages
 */
export function buildMenu(words, ways, sound, wish, languages) {
  const [first, last] = [ways.slice(0, -2), ways.slice(-2)].map((some) =>
    some.map(([name, act]) => make("button", { type: "button", onclick: () => (menu.removeAttribute("open"), act()) }, name)),
  );
  const ring = make("button", { type: "button", "aria-pressed": String(sound), onclick: () => {
    const wished = ring.getAttribute("aria-pressed") !== "true";
    ring.setAttribute("aria-pressed", String(wished));
    wish(wished);
  } }, words.sound);
  const items = make("div", { class: "items" }, ...first, ring, ...last, make("div", { class: "speaks" }, languages));
  const summary = make("summary", { class: "icon", "aria-label": words.menu }, icon("M5 12h.01M12 12h.01M19 12h.01"));
  const menu = make("details", { class: "menu" }, summary, items);
  menu.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !menu.contains(/** @type {Node} */ (relatedTarget))) menu.open = false;
  });
  return menu;
}

/** Each language in its own name, which no translator should touch. @param {import("./speech.js").Words} words @param {string} language @param {(chosen: string) => void} speak */
export function languageChoice(words, language, speak) {
  const names = Object.entries(LANGUAGES).map(([code, name]) => make("option", { value: code, lang: code, selected: code === language }, name));
  const choice = make("select", { "aria-label": words.language, translate: "no", onchange: () => speak(choice.value) }, ...names);
  return choice;
}
