// Live updates, ready-made replies, and forms that keep their text when something goes wrong.

const compose = document.getElementById("reply-form");
const draftKey = `draft:${location.pathname}`;

/** @param {string} words */
function announce(words) {
  const live = document.getElementById("live");
  if (live) live.textContent = words;
}

function listen() {
  if (!document.querySelector("[hx-trigger]")) return;
  const stream = new EventSource("/inbox/events");
  stream.addEventListener("news", () => htmx.trigger(document.body, "news"));
}

let waiting = null;
function tellWhoWaits() {
  const views = document.querySelector("[data-waiting]");
  if (!views) return;
  const now = Number(views.dataset.waiting);
  if (waiting !== null && now > waiting) {
    announce(`${now} waiting`);
    document.title = `(${now}) ${document.title.replace(/^\(\d+\) /, "")}`;
  }
  waiting = now;
}

/** @param {SubmitEvent} event */
async function send(event) {
  event.preventDefault();
  const button = event.submitter;
  const problem = document.getElementById("compose-problem");
  const text = compose.elements.text;
  compose.elements.key.value ||= crypto.randomUUID();
  button.disabled = true;
  try {
    const answer = await fetch(button.getAttribute("formaction") || compose.action, {
      method: "POST",
      body: new FormData(compose),
      headers: { Accept: "application/json" },
    });
    if (!answer.ok) throw new Error((await answer.json()).error.message);
    text.value = "";
    compose.elements.key.value = "";
    sessionStorage.removeItem(draftKey);
    problem.hidden = true;
    htmx.trigger(document.body, "news");
  } catch (error) {
    problem.textContent = error instanceof TypeError
      ? "The connection is lost. Your text is still in the box."
      : error.message;
    problem.hidden = false;
  } finally {
    button.disabled = false;
    text.focus();
  }
}

if (compose) {
  const text = compose.elements.text;
  text.value ||= sessionStorage.getItem(draftKey) ?? "";
  text.addEventListener("input", () => sessionStorage.setItem(draftKey, text.value));
  compose.addEventListener("submit", send);
  document.getElementById("canned")?.addEventListener("input", ({ target }) => {
    const chosen = [...target.list.options].find((one) => one.value === target.value);
    if (!chosen) return;
    text.value = [text.value.trim(), chosen.dataset.text].filter(Boolean).join("\n");
    text.dispatchEvent(new Event("input"));
    target.value = "";
    text.focus();
  });
}

function toEnd() {
  const messages = document.querySelector(".messages");
  if (messages) messages.scrollTop = messages.scrollHeight;
}

document.body.addEventListener("htmx:afterSwap", () => {
  tellWhoWaits();
  toEnd();
});
tellWhoWaits();
toEnd();
listen();
