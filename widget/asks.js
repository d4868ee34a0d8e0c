// What the menu asks before it does something, and the copy to keep. Fetched when first needed.
// @ts-check
import { speaker } from "./bubbles.js";
import { make } from "./dom.js";
import { newId } from "./drawer.js";

/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {typeof import("./lang/later/en.js").words} LaterWords */
/** @typedef {import("./speech.js").Words & LaterWords} Words */
/** @typedef {{name: string, contact: string, good_time: string}} Wish */
const look = new CSSStyleSheet();
look.replaceSync(`
.ask{position:absolute;z-index:2;inset:auto calc(.75*var(--rem)) calc(.75*var(--rem));max-height:calc(100% - 1.5*var(--rem));overflow:auto;display:flex;flex-wrap:wrap;gap:calc(.5*var(--rem));padding:var(--rem);border-radius:16px;background:var(--raised);border:1px solid var(--line);box-shadow:0 8px 30px rgb(0 0 0/.25)}
.ask :is(h3,p,ul,label,input){flex-basis:100%}.ask h3{font-size:calc(1.06*var(--rem));line-height:1.35}.ask ul{padding-inline-start:calc(1.1*var(--rem));font-size:calc(.92*var(--rem))}.ask input{width:100%;min-width:0;min-height:44px;padding:.4em .8em;border:1px solid var(--field);border-radius:12px;background:var(--page)}.ask button{width:auto;min-height:44px;padding:calc(.4*var(--rem)) calc(1.1*var(--rem));border:1px solid var(--line);border-radius:22px;background:none;cursor:pointer}.ask .primary{border:0;background:var(--brand)}.ask .danger{background:#a3160f;color:#fff;border-color:transparent}
`);

/**
 * A form for a call back; the front desk reads the number or address.
 * @param {Words} words @param {string} failed
 * @param {(wish: Wish) => Promise<any>} send @param {() => void} done
 */
function callForm(words, failed, send, done) {
  /** @param {string} id @param {string} label @param {Record<string, any>} more */
  const field = (id, label, more) => [make("label", { for: id }, label), make("input", { id, name: id, maxlength: "200", ...more })];
  const problem = make("p", { class: "problem", id: "call-problem", role: "alert", hidden: true });
  const form = make(
    "form",
    { class: "ask", "aria-label": words.callMe, novalidate: true },
    make("h3", {}, words.callMe),
    ...field("name", words.callName, { autocomplete: "name" }),
    ...field("contact", words.callContact, { autocomplete: "tel", required: true, "aria-describedby": "call-problem" }),
    ...field("good_time", words.callTime, { autocomplete: "off" }),
    problem,
    make("button", { class: "primary" }, words.callSend),
    make("button", { type: "button", onclick: done }, words.cancel),
  );
  const complain = (/** @type {string} */ why) => {
    problem.textContent = why;
    problem.hidden = false;
    const contact = form.querySelector("#contact");
    contact?.setAttribute("aria-invalid", "true");
    /** @type {HTMLElement} */ (contact)?.focus();
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wish = /** @type {any} */ (Object.fromEntries(new FormData(form)));
    try {
      await send(wish);
      done();
    } catch (error) {
      const { code, message } = /** @type {any} */ (error);
      complain(code === "no_contact" ? words.callCheck : (code && message) || failed);
    }
  });
  return form;
}

/**
 * A question with one or two ways to act, and a way out.
 * @param {string} question @param {string[]} points @param {[string, string, () => any][]} ways name, class, act
 * @param {string} cancel @param {() => void} done
 */
function decision(question, points, ways, cancel, done) {
  return make(
    "div",
    { class: "ask", role: "alertdialog", "aria-label": question },
    make("h3", {}, question),
    points.length > 0 && make("ul", {}, ...points.map((one) => make("li", {}, one))),
    ...ways.map(([name, kind, act]) => make("button", { type: "button", class: kind, onclick: act }, name)),
    make("button", { type: "button", onclick: done }, cancel),
  );
}

/** The conversation as a page of text: the clinic, the days, the local time. @param {import("./client.js").Message[]} messages @param {import("./bubbles.js").Context} context @param {string} copied */
function transcript(messages, context, copied) {
  const { clinic, fill, locale, words } = context;
  const lines = [fill(words.title), clinic.phone, fill(copied, { when: new Date().toLocaleString(locale, { dateStyle: "full", timeStyle: "short" }) })];
  let day = "";
  for (const message of messages) {
    if (!message.text) continue;
    const at = new Date(message.at);
    const today = at.toLocaleDateString(locale, { dateStyle: "full" });
    if (today !== day) lines.push("", `— ${today} —`);
    day = today;
    lines.push("", `${at.toLocaleTimeString(locale, { timeStyle: "short" })}  ${speaker(message, context)}:`, message.text);
  }
  return lines.join("\n");
}

/** The words that are fetched only now, with the chat's others. @param {Panel} panel @returns {Promise<Words>} */
export async function wordsFor({ speech }) {
  const { words } = await import(`./lang/later/${speech.language}.js`);
  return { ...speech.words, ...words };
}

/** @param {Panel} panel @param {HTMLElement} form */
export function show(panel, form) {
  const sheets = panel.root.adoptedStyleSheets;
  if (!sheets.includes(look)) sheets.push(look);
  panel.body.querySelector(".ask")?.remove();
  panel.body.append(form);
  form.querySelector(/** @type {"input"} */ ("input,button"))?.focus();
}

/** Delete it with all that the desk has of it. @param {Panel} panel */
async function gone(panel) {
  try {
    await panel.client.erase();
    panel.leave(panel.words.erased);
  } catch {
    panel.endAsk();
    panel.showStatus(panel.fill(panel.words.failed));
  }
}

/** @param {Panel} panel */
export async function call(panel) {
  const { client } = panel;
  const words = await wordsFor(panel);
  show(panel, callForm(words, panel.fill(words.failed), (wish) => client.call("POST", "/api/callback", { id: newId(), ...wish }), () => panel.endAsk()));
}

/** What becomes of the old conversation? Its key is thrown away only when it is deleted. @param {Panel} panel */
export async function startOver(panel) {
  const w = await wordsFor(panel);
  const aside = () => (panel.client.putAside(), panel.showHome(), panel.showStatus(""), panel.composer.input.focus());
  const ways = /** @type {[string, string, () => any][]} */ ([
    [w.overKeep, "primary", aside],
    [w.overErase, "", () => gone(panel)],
  ]);
  show(panel, decision(w.overAsk, [panel.fill(w.overKept)], ways, w.cancel, () => panel.endAsk()));
}

/** @param {Panel} panel */
export async function erase(panel) {
  const w = await wordsFor(panel);
  const count = panel.thread.messages.filter((message) => message.text).length;
  show(panel, decision(w.eraseAsk, [panel.fill(w.eraseWhat, { count }), w.eraseStays], [[w.eraseYes, "danger", () => gone(panel)]], w.cancel, () => panel.endAsk()));
}

/** A file to keep. @param {Panel} panel */
export async function save(panel) {
  const text = transcript(panel.thread.messages, panel.context, (await wordsFor(panel)).copied);
  const url = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/plain;charset=utf-8" }));
  make("a", { href: url, download: `${panel.clinic.name} ${new Date().toLocaleDateString("en-CA")}.txt` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** The conversation alone on paper. @param {Panel} panel */
export async function print(panel) {
  const text = transcript(panel.thread.messages, panel.context, (await wordsFor(panel)).copied);
  const title = panel.fill(panel.words.title);
  const frame = make("iframe", { title, "aria-hidden": "true", tabindex: "-1" });
  // out of sight and not hidden: Firefox prints nothing of what is not laid out
  Object.assign(frame.style, { position: "fixed", inset: "auto 100% 100% auto", width: "800px", height: "600px", border: 0 });
  document.body.append(frame);
  const page = /** @type {Window} */ (frame.contentWindow);
  page.document.title = title;
  Object.assign(page.document.documentElement, { lang: panel.speech.language, dir: panel.element.dir });
  const body = page.document.createElement("pre");
  body.textContent = text;
  Object.assign(body.style, { whiteSpace: "pre-wrap", font: "12pt/1.5 system-ui, sans-serif" });
  page.document.body.append(body);
  page.addEventListener("afterprint", () => frame.remove());
  page.print();
}
