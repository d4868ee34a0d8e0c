// Writing an answer: a fact where the cursor is, and the answer as the chat on the website shows it.
const editor = document.getElementById("editor");
const fact = document.getElementById("fact");
let last = document.getElementById("text");

editor?.addEventListener("focusin", ({ target }) => {
  if (["text", "sms", "more"].includes(target.name)) last = target;
});

fact?.addEventListener("change", () => {
  if (!fact.value || !last) return;
  last.setRangeText(fact.value, last.selectionStart, last.selectionEnd, "end");
  last.dispatchEvent(new Event("input", { bubbles: true }));
  last.focus();
  fact.value = "";
});

// What was added by its title is ticked in the list above; its field is empty again.
document.body.addEventListener("htmx:oobAfterSwap", ({ detail }) => {
  const field = { "chosen-sources": "add_source", "chosen-related": "add_related" }[detail.target.id];
  const input = field && editor.elements[field];
  if (!input?.value) return;
  const ticked = document.getElementById(detail.target.id)?.textContent.includes(input.value);
  if (ticked) input.value = "";
});
document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target?.id === "preview" || detail.elt?.id === "preview") show();
});

const BRAND = [15, 107, 102];
const PLAIN_PANEL = ":host{--rem:16px;--gap:8px}.panel{position:static!important;display:block!important;width:auto!important;height:auto!important;max-height:none!important;border:0!important;box-shadow:none!important;opacity:1!important;transform:none!important;background:none!important;overflow:visible!important}";
const nothing = () => {};

/** Draw the answer with the widget's own bubble; where it cannot be fetched the plain one stays. */
async function show() {
  const box = document.getElementById("preview");
  if (!box?.dataset.words) return;
  const { words: text, topic, question, name, phone, emergency, sources, buttons } = box.dataset;
  const [{ row, footer, choices }, { css }, { tokens }, { words }] = await Promise.all(
    ["bubbles", "styles", "colours", "lang/en"].map((one) => import(`/widget/latest/${one}.js`)),
  );
  const context = {
    words, language: "en", locale: "en-GB", mark: "", say: nothing, change: nothing, otherWords: nothing,
    fill: (line, values = {}) => line.replace(/{(\w+)}/g, (found, key) => values[key] ?? found),
    client: { drawer: { read: () => ({}) }, vote: async () => {} },
    clinic: { name, phone, emergency_number: emergency },
  };
  const message = {
    seq: 1, author: "assistant", name: null, text, at: new Date().toISOString(), payload: null, status: "stored", client_id: null,
    buttons: JSON.parse(buttons).map((title, number) => ({ id: `b_${number}`, title })),
    answer: {
      topic, question, medical: box.dataset.medical === "yes", reviewed: box.dataset.reviewed, clinical_review: "pending",
      sources: JSON.parse(sources).map((title) => ({ title, address: null, read: "full" })),
    },
  };
  const here = box.querySelector(".widget-here");
  const root = here.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(tokens(BRAND) + css + PLAIN_PANEL);
  root.adoptedStyleSheets = [sheet];
  const panel = document.createElement("div");
  panel.className = "panel";
  const bubble = row(message, context);
  bubble.querySelector(".bubble").append(footer(message, context));
  panel.append(bubble, ...[choices(message, context)].filter(Boolean));
  root.append(panel);
  box.classList.add("is-widget");
}
show();
