// The clinic's people on the first screen. Fetched only where the page names them (data-team).
// @ts-check
import { initials } from "./bubbles.js";
import { make } from "./dom.js";

const MOST = 5;
const PERSON = /^(.*?)(?:\s+((?:https?:|\.{0,2})\/\S+))?$/;
const look = { width: "44px", height: "44px", margin: "0", marginInlineStart: "-8px", border: "2px solid var(--page)", objectFit: "cover" };

/** A picture where its address stands behind the name, else the first letters. @param {string} one */
function face(one) {
  const [, name, src] = PERSON.exec(one.trim()) ?? [];
  const made = src ? make("img", { class: "face", src, alt: "" }) : make("span", { class: "face", "aria-hidden": "true" }, initials(name));
  Object.assign(made.style, look);
  return { name, made };
}

/** @param {HTMLElement} place @param {string} team as data-team gives it */
export function show(place, team) {
  const people = team.split(",").slice(0, MOST).map(face);
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", people.map(({ name }) => name).join(", "));
  place.append(...people.map(({ made }) => made));
}
