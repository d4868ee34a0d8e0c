// Fast hands; a key counts only where nobody is writing.
import { takeBack } from "./sending.js";

/** @param {number} by */
function move(by) {
  const cards = [...document.querySelectorAll("#queue a.card")];
  const at = cards.findIndex((one) => one === document.activeElement || one.matches("[aria-current]"));
  cards[Math.min(cards.length - 1, Math.max(0, at + by))]?.focus();
}

/** Open one of the details under the reply box and go into it. @param {string} name */
function openMore(name) {
  const summary = [...document.querySelectorAll(".talk>.more summary")].find((one) => one.textContent === name);
  if (!summary) return;
  summary.parentElement.open = true;
  summary.parentElement.querySelector("textarea, select, form button")?.focus();
}

function openLabels() {
  const form = document.getElementById("labels-form");
  if (!form) return;
  showFacts(true);
  form.open = true;
  form.querySelector("input:not([type=hidden])")?.focus();
}

/** On a small screen the facts are a sheet over the conversation. @param {boolean} on */
function showFacts(on) {
  document.getElementById("main")?.classList.toggle("with-facts", on);
  document.getElementById("show-facts")?.setAttribute("aria-expanded", String(on));
}
document.addEventListener("click", ({ target }) => {
  if (target.closest("#show-facts")) showFacts(!document.querySelector(".with-facts"));
  else if (target.closest("#hide-facts")) { showFacts(false); document.getElementById("show-facts")?.focus(); }
});

/** To the reply; from a list to the one of who stands first in it. */
function reply() {
  const box = document.getElementById("reply"), first = document.querySelector("#queue a.card");
  if (box) box.focus();
  else if (first) location.assign(Object.assign(new URL(first.href), { hash: "reply" }));
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  r: reply,
  n: () => openMore("Private note"),
  e: () => openMore("Close"),
  s: () => openMore("Snooze"),
  a: () => openMore("Assign"),
  l: () => openLabels(),
  u: () => takeBack(),
  t: () => document.getElementById("take")?.click(),
  "/": () => document.getElementById("q")?.focus(),
  "?": () => document.getElementById("keys")?.showModal(),
};
document.addEventListener("keydown", (event) => {
  const writing = event.target.closest("input, textarea, select, [contenteditable], dialog");
  if (event.key === "Escape" && writing && !writing.closest("dialog") && !event.defaultPrevented) return document.activeElement.blur();
  if (writing || event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
  event.preventDefault();
  keys[event.key]();
});

if (location.hash === "#reply") reply();
