// What the page says by itself: aloud for screen readers, and as a notice with a way back.

/** @param {string} words */
export function announce(words) {
  const live = document.getElementById("live");
  if (live) live.textContent = words;
}

const KEPT = "toast";

/** A notice for the page that comes next. @param {string} words @param {string | null} undo */
export function toastThere(words, undo) {
  sessionStorage.setItem(KEPT, JSON.stringify([words, undo]));
}

/** @param {string} words @param {string | null} undo an address that takes it back @param {string} [link] */
export function toast(words, undo, link) {
  const holder = document.getElementById("toasts");
  if (!holder) return;
  const one = document.createElement("p");
  one.className = "toast";
  one.append(words);
  if (link) one.append(Object.assign(document.createElement("a"), { href: link, textContent: "Look" }));
  if (undo) {
    const button = document.createElement("button");
    button.textContent = "Undo";
    button.addEventListener("click", async () => {
      one.remove();
      const { pathname, searchParams } = new URL(undo, location.href), body = new FormData();
      for (const [name, value] of searchParams) body.set(name, value);
      body.set("csrf_token", document.querySelector("[name=csrf_token]").value);
      await fetch(pathname, { method: "POST", body, headers: { Accept: "application/json" } });
      htmx.trigger(document.body, "news");
    });
    one.append(button);
  }
  holder.replaceChildren(one);
  setTimeout(() => one.remove(), 8000);
}

const kept = sessionStorage.getItem(KEPT);
sessionStorage.removeItem(KEPT);
if (kept) toast(...JSON.parse(kept));
