// Colleagues see who looks at a conversation and who types in it, before two people answer at once.

const here = /^\/inbox\/c\/[^/]+$/.test(location.pathname) ? location.pathname : null;
const LOOK_MS = 15_000, TYPE_MS = 4_000, STILL_MS = 6_000;
let typedAt = 0, stopped = 0;

/** @param {boolean} typing */
function say(typing) {
  const body = new FormData();
  body.set("csrf_token", document.querySelector("[name=csrf_token]").value);
  body.set("typing", typing ? "yes" : "no");
  fetch(`${here}/look`, { method: "POST", body }).catch(() => {}); // it is said again soon
}

document.body.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target.id === "others" && target.querySelector(".typing, .visitor-types"))
    setTimeout(() => htmx.trigger(document.body, "looks"), STILL_MS);
});

const reply = document.getElementById("reply");
if (here && reply) {
  say(false);
  setInterval(() => document.hidden || Date.now() - typedAt < LOOK_MS || say(false), LOOK_MS);
  document.addEventListener("visibilitychange", () => document.hidden || say(false));
  reply.form.addEventListener("submit", () => { clearTimeout(stopped); typedAt = 0; say(false); });
  reply.addEventListener("input", () => {
    clearTimeout(stopped);
    stopped = setTimeout(() => { typedAt = 0; say(false); }, STILL_MS);
    if (Date.now() - typedAt < TYPE_MS || !reply.value.trim()) return;
    typedAt = Date.now();
    say(true);
  });
}
