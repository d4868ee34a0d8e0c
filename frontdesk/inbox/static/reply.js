// The reply box: its draft, and what is put into it (ready-made replies, answers that exist, names).

/** The form of the open conversation; nothing on other pages. */
export const compose = document.getElementById("reply-form");
const draftKey = `draft:${location.pathname}`, text = compose?.elements.text;

/** @param {string} words */
export function keepDraft(words) {
  if (words) sessionStorage.setItem(draftKey, words);
  else sessionStorage.removeItem(draftKey);
}

/** @param {string} words the whole box, as if somebody had typed it */
function fill(words) {
  text.value = words;
  text.dispatchEvent(new Event("input"));
  text.focus();
}

/** @param {string} words in front of whatever was begun meanwhile */
export function putInFront(words) {
  fill([words, text.value.trim()].filter(Boolean).join("\n"));
}

/** @param {string} words */
function putBehind(words) {
  fill([text.value.trim(), words].filter(Boolean).join("\n"));
}

/** A draft that stands in the conversation by now has arrived. */
function dropSent() {
  const said = [...document.querySelectorAll(".message.staff .text")].slice(-3).map((one) => one.textContent.trim());
  if (!text.value.trim() || !said.includes(text.value.trim())) return;
  text.value = "";
  keepDraft("");
}

if (compose) {
  text.value ||= sessionStorage.getItem(draftKey) ?? "";
  const restored = text.value;
  dropSent();
  text.addEventListener("input", () => keepDraft(text.value));
  document.body.addEventListener("htmx:afterSwap", ({ target }) => {
    if (target.id === "thread" && restored && text.value === restored) dropSent();
  });
  document.getElementById("canned")?.addEventListener("input", ({ target }) => {
    const chosen = [...target.list.options].find((one) => one.value === target.value);
    if (!chosen) return;
    target.value = "";
    putBehind(chosen.dataset.text);
  });
}

// --- ready-made replies: "/" and some letters ---

const ready = document.getElementById("ready");
if (compose && ready) {
  const options = [...ready.querySelectorAll("button")];
  const choose = (button) => {
    ready.hidden = true;
    fill(button.dataset.text);
  };
  ready.addEventListener("click", ({ target }) => target.closest("button") && choose(target.closest("button")));
  text.addEventListener("input", () => {
    const looked = text.value.startsWith("/") ? text.value.slice(1).toLowerCase() : null;
    for (const one of options) one.parentElement.hidden = looked === null || !one.textContent.toLowerCase().includes(looked);
    ready.hidden = looked === null || !options.some((one) => !one.parentElement.hidden);
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) compose.requestSubmit(compose.querySelector("button.primary"));
    else if (event.key === "Enter" && !ready.hidden) {
      event.preventDefault();
      choose(options.find((one) => !one.parentElement.hidden));
    } else if (event.key === "Escape" && !ready.hidden) {
      ready.hidden = true;
      event.preventDefault();
    }
  });
}

// --- answers that exist, put into the reply for editing ---

/** @param {HTMLElement|null} button */
function suggest(button) {
  if (compose && button) putBehind(button.dataset.text);
}
const suggestions = document.getElementById("suggestions");
suggestions?.addEventListener("click", ({ target }) => suggest(target.closest("button")));
document.addEventListener("keydown", (event) => {
  const which = event.altKey && !event.ctrlKey && !event.metaKey && /^Digit([1-3])$/.exec(event.code);
  if (!which || !suggestions) return;
  event.preventDefault();
  suggest(suggestions.querySelectorAll("button")[Number(which[1]) - 1] ?? null);
});

// --- a colleague's name in a note ---

document.addEventListener("click", ({ target }) => {
  if (!target.dataset.mention) return;
  const note = target.form.elements.text;
  note.value = `${note.value.trimEnd()} ${target.dataset.mention} `.trimStart();
  note.focus();
});
