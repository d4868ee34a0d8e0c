// Everything by its name: Ctrl and K, some letters, Enter. It holds what the page itself offers, and nothing else.

const dialog = document.getElementById("palette"), words = document.getElementById("palette-words"), list = document.getElementById("palette-list");
const OFFERED = ".places a, .views a, .filters a, .talk>.more summary, #thread .head button, #reply, #q, #contact-form>summary, #labels-form>summary, .top button";

/** @param {HTMLElement} one */
const name = (one) => (one.labels?.[0]?.textContent ?? one.title ?? "").trim() || one.getAttribute("aria-label") || one.textContent.trim().replace(/\s+/g, " ");

/** How near a name is to what was typed: the name itself, its beginning, within it; nothing where it is not. @param {HTMLElement} one @param {string} looked */
const distance = (one, looked) => {
  const called = name(one).toLowerCase();
  return called === looked ? 0 : called.startsWith(looked) ? 1 : called.includes(looked) ? 2 : Infinity;
};

function show() {
  const looked = words.value.trim().toLowerCase();
  const found = [...document.querySelectorAll(OFFERED)].filter((one) => one.checkVisibility() && distance(one, looked) < Infinity)
    .sort((one, other) => distance(one, looked) - distance(other, looked)).slice(0, 12);
  list.replaceChildren(...found.map((one) => {
    const item = document.createElement("li"), button = document.createElement("button");
    button.type = "button";
    button.textContent = name(one);
    button.addEventListener("click", () => { dialog.close(); go(one); });
    item.append(button);
    return item;
  }));
}

/** @param {HTMLElement} one */
function go(one) {
  if (one.matches("input, textarea")) return one.focus();
  one.click();
  const details = one.matches("summary") && one.parentElement;
  if (details?.open) details.querySelector("textarea, select, input:not([type=hidden]), form button")?.focus();
}

/** @param {number} by */
function step(by) {
  const all = [words, ...list.querySelectorAll("button")];
  all[(all.indexOf(document.activeElement) + by + all.length) % all.length].focus();
}

if (dialog) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "k" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    words.value = "";
    show();
    if (!dialog.open) dialog.showModal();
    words.focus();
  });
  words.addEventListener("input", show);
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === words) list.querySelector("button")?.click();
    else if (event.key === "ArrowDown") step(1);
    else if (event.key === "ArrowUp") step(-1);
    else return;
    event.preventDefault();
  });
}
