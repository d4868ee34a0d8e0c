// Several conversations at once: chosen with a tick each, kept while the list changes around them.

const pick = document.getElementById("pick"), several = document.getElementById("several");
/** @type {Set<string>} */
const chosen = new Set();

function show() {
  for (const one of document.querySelectorAll("#queue [name=chosen]")) one.checked = chosen.has(one.value);
  document.getElementById("picked").textContent = chosen.size ? `${chosen.size} chosen` : "Nothing chosen yet";
  for (const one of several.querySelectorAll("button")) one.disabled = !chosen.size;
}

pick?.addEventListener("click", () => {
  const on = pick.getAttribute("aria-pressed") !== "true";
  pick.setAttribute("aria-pressed", String(on));
  document.getElementById("queue").classList.toggle("picking", on);
  several.hidden = !on;
  chosen.clear();
  show();
});
document.addEventListener("change", ({ target }) => {
  if (target.name !== "chosen") return;
  target.checked ? chosen.add(target.value) : chosen.delete(target.value);
  show();
});
document.body.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.id !== "queue" || !pick) return;
  target.classList.toggle("picking", pick.getAttribute("aria-pressed") === "true");
  show();
});
