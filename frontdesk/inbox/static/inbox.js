// Live updates, alerts, ready-made replies, and forms that keep their text when something goes wrong.

const compose = document.getElementById("reply-form");
const draftKey = `draft:${location.pathname}`;

/** @param {string} words */
function announce(words) {
  const live = document.getElementById("live");
  if (live) live.textContent = words;
}

function listen() {
  if (!document.querySelector(".top")) return;
  const stream = new EventSource("/inbox/events");
  stream.addEventListener("news", ({ data }) => {
    tellWhoWaits(Number(data));
    htmx.trigger(document.body, "news");
  });
}

/** How many wait now: in the title, aloud for screen readers, and as an alert when wanted. @param {number} now */
function tellWhoWaits(now) {
  const before = Number(sessionStorage.getItem("waiting") ?? now);
  sessionStorage.setItem("waiting", String(now));
  document.title = (now ? `(${now}) ` : "") + document.title.replace(/^\(\d+\) /, "");
  if (now <= before) return;
  announce(now === 1 ? "1 conversation is waiting" : `${now} conversations are waiting`);
  if (alerts?.getAttribute("aria-pressed") !== "true") return;
  ring();
  if (document.hidden && globalThis.Notification?.permission === "granted")
    new Notification("A conversation is waiting", { tag: "waiting" }).onclick = () => focus();
}

/** Two short tones; the browser plays them once somebody has pressed something here. */
function ring() {
  const sound = new AudioContext();
  for (const [start, pitch] of [[0, 660], [0.18, 880]]) {
    const tone = sound.createOscillator(), loud = sound.createGain();
    tone.frequency.value = pitch;
    loud.gain.setValueAtTime(0.15, sound.currentTime + start);
    loud.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + start + 0.3);
    tone.connect(loud).connect(sound.destination);
    tone.start(sound.currentTime + start);
    tone.stop(sound.currentTime + start + 0.3);
  }
  setTimeout(() => sound.close(), 1000);
}

const alerts = document.getElementById("alerts");
if (alerts) {
  const show = () => alerts.setAttribute("aria-pressed", String(localStorage.getItem("alerts") === "on"));
  alerts.addEventListener("click", () => {
    const on = alerts.getAttribute("aria-pressed") !== "true";
    localStorage.setItem("alerts", on ? "on" : "off");
    show();
    if (!on) return;
    ring();
    globalThis.Notification?.requestPermission();
  });
  show();
}

/** Send a form without leaving the page; when it is refused its text stays, and the reason stands in it. @param {SubmitEvent} event */
async function send(event) {
  const form = event.target, button = event.submitter;
  if (!form.matches("[data-kept]")) return;
  event.preventDefault();
  const problem = form.querySelector(".problem"), text = form.elements.text;
  if (form.elements.key) form.elements.key.value ||= crypto.randomUUID();
  button.disabled = true;
  try {
    const answer = await fetch(button.getAttribute("formaction") || form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
    });
    if (!answer.ok) throw new Error((await answer.json()).error.message);
    form.reset();
    if (form.elements.key) form.elements.key.value = ""; // reset() leaves hidden fields as they are
    if (form === compose) sessionStorage.removeItem(draftKey);
    problem.hidden = true;
    if (new URL(answer.url).pathname !== location.pathname) location.assign(answer.url);
    htmx.trigger(document.body, "news");
  } catch (error) {
    problem.textContent = error instanceof TypeError
      ? "The connection is lost. Your text is still in the box."
      : error.message;
    problem.hidden = false;
  } finally {
    button.disabled = false;
    text?.focus();
  }
}
document.addEventListener("submit", send);

/** A live update finds that the session has ended: nobody is sent away from what they are writing. */
document.body.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.xhr.status !== 401) return;
  const begun = [...document.querySelectorAll("form[data-kept] textarea")].find((one) => one.value.trim());
  if (!begun) return location.assign(`/inbox/sign-in?next=${encodeURIComponent(location.pathname)}`);
  const problem = begun.form.querySelector(".problem");
  problem.textContent = "You are signed out. Your text is still in the box.";
  problem.hidden = false;
});

if (compose) {
  const text = compose.elements.text;
  text.value ||= sessionStorage.getItem(draftKey) ?? "";
  text.addEventListener("input", () => sessionStorage.setItem(draftKey, text.value));
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

document.body.addEventListener("htmx:afterSwap", toEnd);
toEnd();
listen();
