// The pre-screen as cards: consent, a question, what was noted, the result, sharing. Fetched when first needed.
// The payloads are those of docs/contracts.md section 2; the card's buttons are the message's own.
// @ts-check
import { make } from "./dom.js";

/** @typedef {import("./client.js").Message} Message */
/** @typedef {import("./bubbles.js").Context} Context */
/** @typedef {{id: string, title: string, gloss?: string, text?: string}} Choice */

export const css = `
.bubble.card{width:100%;max-width:100%;padding:0;overflow:clip}.bubble.card>.who{padding:calc(.6*var(--rem)) var(--rem) 0}
.card-body{display:grid;gap:calc(.5*var(--rem));padding:calc(.5*var(--rem)) var(--rem) var(--rem)}
.card-title{position:sticky;top:calc(-.5*var(--rem) - 1px);z-index:1;margin:0 calc(-1*var(--rem))!important;padding:calc(.35*var(--rem)) var(--rem);background:var(--raised);font-size:var(--rem);font-weight:600;line-height:1.4}
.progress{display:flex;align-items:center;gap:calc(.6*var(--rem));font-size:calc(.82*var(--rem));color:var(--quiet)}.progress progress{flex:1;height:6px;appearance:none;border:0;border-radius:9px;overflow:hidden;background:var(--line)}.progress progress::-webkit-progress-bar{background:var(--line)}.progress progress::-webkit-progress-value{background:var(--link)}.progress progress::-moz-progress-bar{background:var(--link)}
.options{display:grid;gap:calc(.35*var(--rem));margin:0;padding:0;border:0;min-width:0}
.option{display:flex;align-items:center;gap:calc(.7*var(--rem));width:100%;min-height:44px;padding:calc(.35*var(--rem)) calc(.8*var(--rem));border:1px solid var(--line);border-radius:12px;background:var(--raised);text-align:start;cursor:pointer}
.option:hover,.option:has(:checked){background:var(--soft);border-color:var(--link)}
.option input{flex:none;width:20px;height:20px;margin:0;accent-color:var(--link)}.option .ring{flex:none;width:20px;height:20px;border:1.5px solid var(--field);border-radius:50%}
.option small{display:block;font-size:calc(.82*var(--rem));color:var(--quiet);line-height:1.3}
.card-end{position:sticky;bottom:calc(-1*var(--rem) - 1px);display:grid;gap:calc(.35*var(--rem));margin:0 calc(-1*var(--rem));padding:calc(.25*var(--rem)) var(--rem);background:var(--raised)}
.links{display:flex;flex-wrap:wrap;gap:0 calc(1.1*var(--rem))}.links button{min-height:36px;padding:0;border:0;background:none;color:var(--link)!important;text-decoration:underline;text-underline-offset:3px;font-size:calc(.9*var(--rem))!important;cursor:pointer}
.why{padding:calc(.6*var(--rem)) calc(.8*var(--rem));border-radius:12px;background:var(--soft);font-size:calc(.9*var(--rem))}
.facts{display:flex;flex-wrap:wrap;gap:calc(.4*var(--rem))}.facts>*{display:inline-flex;align-items:center;gap:calc(.4*var(--rem));min-height:36px;padding:calc(.2*var(--rem)) calc(.8*var(--rem));border:1px solid var(--line);border-radius:18px;background:var(--soft);font-size:calc(.9*var(--rem));text-align:start}.facts button{cursor:pointer}
.result-line{font-size:calc(1.1*var(--rem));font-weight:600;line-height:1.35}.result ul{margin:0;padding-inline-start:calc(1.1*var(--rem))}.result details summary{min-height:28px;color:var(--link);cursor:pointer}.result .net{font-size:calc(.88*var(--rem));color:var(--quiet)}.result .date{padding:calc(.5*var(--rem)) calc(.8*var(--rem));border-radius:12px;background:var(--soft)}
.done .card-title{position:static}.bubble.card.done .card-end,.bubble.card.done .options,.bubble.card.done .links,.bubble.card.done .progress{display:none}
@media (forced-colors:active){.progress progress{forced-color-adjust:none;background:Canvas;border:1px solid CanvasText}.progress progress::-webkit-progress-bar{background:Canvas}.progress progress::-webkit-progress-value{background:CanvasText}}
@media (max-height:420px){.card-body{gap:calc(.25*var(--rem));padding-block:0 calc(.4*var(--rem))}.bubble.card>.who,.progress span{display:none}}
`;

const KINDS = { consent: asking, share: asking, noted, question, result };

/** Is this message drawn as a card? @param {Message} message */
export const isCard = (message) => message.payload?.type in KINDS;

/** @param {Message} message @param {Context} context */
export function card(message, context) {
  const kind = /** @type {keyof typeof KINDS} */ (message.payload.type);
  return make("div", { class: `card-body ${kind}`, lang: message.language ?? "en", dir: "ltr", "data-kind": kind }, ...KINDS[kind](message, context));
}

/** @param {Message} message @param {Context} context @param {Choice} choice @param {string} name */
function press(message, { say }, choice, name) {
  return make("button", { type: "button", class: name, onclick: () => say(choice.title, { seq: message.seq, id: choice.id }) }, choice.title);
}

/** Consent, and sharing: the words, one main button, the others quiet. @param {Message} message @param {Context} context */
function asking(message, context) {
  const [main, ...others] = message.buttons;
  return [
    make("p", {}, message.text),
    main && make("div", { class: "card-end" }, press(message, context, main, "primary"), make("div", { class: "links" }, ...others.map((one) => press(message, context, one, "link")))),
  ];
}

/** What was noted: each fact a chip that can be corrected. @param {Message} message @param {Context} context */
function noted(message, context) {
  const { facts, change } = message.payload;
  const changing = new Set(change.map((/** @type {Choice} */ one) => one.id));
  const [main, ...others] = message.buttons.filter(({ id }) => !changing.has(id));
  const chips = facts.map((/** @type {string} */ fact) => {
    const chip = change.find((/** @type {Choice} */ one) => one.title.endsWith(fact));
    if (!chip) return make("span", {}, fact);
    return make("button", { type: "button", "aria-label": chip.title, onclick: () => context.say(chip.title, { seq: message.seq, id: chip.id }) }, fact, make("span", { "aria-hidden": "true" }, "✎"));
  });
  return [
    make("p", { class: "card-title" }, context.words.noted),
    make("div", { class: "facts" }, ...chips),
    main && make("div", { class: "card-end" }, press(message, context, main, "primary"), make("div", { class: "links" }, ...others.map((one) => press(message, context, one, "link")))),
  ];
}

/** @param {Choice} choice */
const label = ({ title, gloss }) => make("span", {}, title, gloss && make("small", {}, gloss));

/** @param {Message} message @param {Context} context */
function question(message, context) {
  const { kind, choices, none, done, skip, why, steer, step, of } = message.payload;
  const { words, fill, say } = context;
  const id = `q${message.seq}`;
  const progress = fill(words.progress, { step, of });
  const reason = make("p", { class: "why", hidden: true }, why?.text);
  const options = make("fieldset", { class: "options", "aria-labelledby": id });
  const end = make("div", { class: "card-end" });
  if (kind === "many") {
    /** @type {[Choice, HTMLInputElement][]} */
    const boxes = choices.map((/** @type {Choice} */ choice) => [choice, make("input", { type: "checkbox" })]);
    const nothing = none && make("input", { type: "checkbox" });
    const go = make("button", { type: "button", class: "primary", disabled: true }, words.goOn);
    const look = () => (go.disabled = !nothing?.checked && !boxes.some(([, box]) => box.checked));
    options.append(...boxes.map(([choice, box]) => make("label", { class: "option", onchange: () => (nothing && (nothing.checked = false), look()) }, box, label(choice))));
    if (nothing) options.append(make("label", { class: "option none", onchange: () => (boxes.forEach(([, box]) => (box.checked = false)), look()) }, nothing, label(none)));
    go.addEventListener("click", () => {
      if (nothing?.checked) return say(none.title, { seq: message.seq, id: none.id });
      const ticked = boxes.filter(([, box]) => box.checked).map(([choice]) => choice);
      say(ticked.map(({ title }) => title).join(", "), { seq: message.seq, ids: [...ticked, done].map((one) => one.id) });
    });
    end.append(go);
    end.append(links(skip.map((/** @type {Choice} */ one) => make("button", { type: "button", onclick: () => {
      const ticked = boxes.filter(([, box]) => box.checked).map(([choice]) => choice);
      const title = [...ticked, one].map((each) => each.title).join(", ");
      say(title, ticked.length ? { seq: message.seq, ids: [...ticked, one].map((each) => each.id) } : { seq: message.seq, id: one.id });
    } }, one.title))));
  } else {
    options.append(
      ...choices.map((/** @type {Choice} */ choice) =>
        make("button", { type: "button", class: "option", onclick: () => say(choice.title, { seq: message.seq, id: choice.id }) }, make("span", { class: "ring", "aria-hidden": "true" }), label(choice)),
      ),
    );
    end.append(links(skip.map((/** @type {Choice} */ one) => press(message, context, one, "link"))));
  }
  const ask = why && make("button", { type: "button", "aria-expanded": "false", onclick: () => ((reason.hidden = !reason.hidden), ask.setAttribute("aria-expanded", String(!reason.hidden))) }, why.title);
  end.lastElementChild?.append(...(ask ? [ask] : []), ...steer.map((/** @type {Choice} */ one) => press(message, context, one, "link")));
  return [
    make("div", { class: "progress" }, make("progress", { max: of, value: Math.min(step, of), "aria-label": progress }), make("span", { "aria-hidden": "true" }, progress)),
    make("p", { class: "card-title", id }, message.text),
    reason,
    options,
    end,
  ];
}

/** @param {(HTMLElement|false)[]} items */
const links = (items) => make("div", { class: "links" }, ...items);

/** @param {Message} message @param {Context} context */
function result(message, { words, clinic }) {
  const { headline, next, reasons, more, outcome, come_back_words: date, safety_net: net } = message.payload;
  const list = (/** @type {string[]} */ items) => make("ul", {}, ...items.map((item) => make("li", {}, item)));
  const goes = outcome === "S" && clinic.booking_url;
  return [
    make("p", { class: "result-line" }, headline),
    next && make("p", {}, next),
    reasons?.length > 0 && list(reasons.slice(0, 3)),
    date && make("p", { class: "date" }, date),
    goes && make("a", { class: "primary", href: clinic.booking_url, target: "_blank", rel: "noopener noreferrer" }, words.book),
    more?.length > 0 && make("details", {}, make("summary", {}, words.more), list(more)),
    net && make("p", { class: "net" }, net),
  ];
}
