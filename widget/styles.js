// The look of the chat. Colours come from colours.js; sizes are in --rem: the visitor's text size, and not
// what a page may have made of it.
export const css = `
.panel{box-sizing:border-box;position:fixed;bottom:var(--gap);display:flex;flex-direction:column;width:min(var(--chat-width,calc(25*var(--rem))),calc(100vw - 2*var(--gap)));height:min(var(--chat-height,calc(42*var(--rem))),calc(var(--visible,100dvh) - 2*var(--gap)));border-radius:var(--chat-radius,20px);overflow:hidden;background:var(--page);color:var(--strong);font:400 var(--rem)/1.5 var(--chat-font,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif);box-shadow:0 18px 60px rgb(0 0 0/.22),0 2px 8px rgb(0 0 0/.12)}
:host([data-position=right]) .panel{right:var(--gap)}:host([data-position=left]) .panel{left:var(--gap)}
.panel[hidden],.panel [hidden]{display:none!important}
.panel *{box-sizing:border-box}
.panel :is(p,h2,h3,ul,ol){margin:0}
.panel :is(button,textarea,input,select){font:inherit;color:inherit;line-height:1.4;box-shadow:none}
.panel svg{flex:none;width:22px;height:22px;stroke-width:2}.panel summary.icon svg{stroke-width:3.6}.panel ::placeholder{color:var(--quiet);opacity:1}[dir=rtl] .send svg{transform:scaleX(-1)}
.panel :focus-visible{outline:3px solid var(--link);outline-offset:2px;box-shadow:none}
.visually-hidden{position:absolute!important;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.tel{white-space:nowrap}
.top{display:flex;align-items:center;gap:calc(.6*var(--rem));min-height:64px;padding-block:calc(.5*var(--rem));padding-inline:var(--rem) calc(.4*var(--rem));background:var(--brand);color:var(--on-brand)}
.top :focus-visible{outline-color:var(--on-brand);outline-offset:-3px}
.mark{flex:none;display:grid;place-items:center;width:40px;height:40px;border-radius:50%;background:var(--on-brand);color:var(--brand);font-weight:700;font-size:16px;letter-spacing:.02em;object-fit:cover}
.heading{flex:1;min-width:0}.heading h2{font-size:calc(1.06*var(--rem));font-weight:600;line-height:1.25;overflow-wrap:anywhere}.subtitle{font-size:calc(.82*var(--rem));line-height:1.3}
.dot{display:inline-block;width:9px;height:9px;margin-inline-end:6px;border-radius:50%;background:#3ddc84;border:1.5px solid var(--on-brand)}
.icon{display:grid;place-items:center;width:44px;height:44px;padding:0;border:0;border-radius:50%;background:transparent;color:inherit;cursor:pointer;list-style:none}.icon+.icon,.menu+.icon{margin-inline-start:calc(-.5*var(--rem))}
.icon::-webkit-details-marker{display:none}
.icon:hover{background:rgb(127 127 127/.25)}
.menu{position:relative}.items{position:absolute;inset-inline-end:0;top:48px;z-index:3;display:grid;min-width:min(calc(15*var(--rem)),calc(100vw - 70px));max-height:calc(var(--visible,100dvh) - 9*var(--rem));overflow:auto;padding:calc(.4*var(--rem));border-radius:14px;background:var(--raised);color:var(--strong);box-shadow:0 8px 30px rgb(0 0 0/.25)}
.items button{min-height:44px;padding:calc(.5*var(--rem)) calc(.9*var(--rem));border:0;border-radius:10px;background:none;text-align:start;cursor:pointer}.items button:hover{background:var(--soft)}.items [aria-pressed=true]::after{content:" ✓"}
.items :focus-visible{outline-color:var(--link)}
.speaks{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;gap:calc(.5*var(--rem));padding:calc(.3*var(--rem)) 0}.speaks select{min-height:36px;padding:0 calc(.6*var(--rem));border:1px solid var(--field);border-radius:10px;background:var(--raised);font-size:calc(.9*var(--rem))}.items .speaks{padding-inline:calc(.9*var(--rem))}
.body{position:relative;flex:1;display:flex;flex-direction:column;min-height:0}
.panel a{color:var(--link)}
.home{flex:1;display:grid;gap:calc(.75*var(--rem));align-content:start;padding:calc(1.1*var(--rem)) var(--rem);overflow:auto}.team{display:flex;height:44px;padding-inline-start:8px}.greeting{font-size:calc(1.25*var(--rem));line-height:1.35;font-weight:600}
.legal,.emergency{font-size:calc(.875*var(--rem));line-height:1.43;color:var(--quiet)}.legal .more{display:grid;gap:calc(.5*var(--rem));margin-top:calc(.5*var(--rem));padding:calc(.75*var(--rem));border-radius:12px;background:var(--soft);color:var(--strong)}
.link{padding:0;border:0;background:none;color:var(--link)!important;text-decoration:underline;text-underline-offset:3px;font-size:inherit!important;min-height:24px;cursor:pointer}
.ways{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,calc(8.5*var(--rem))),1fr));gap:calc(.5*var(--rem))}
.way{display:flex;align-items:center;gap:calc(.6*var(--rem));min-height:52px;padding:calc(.5*var(--rem)) calc(.8*var(--rem));border:1px solid var(--line);border-radius:12px;background:var(--raised);font-weight:600!important;line-height:1.3!important;text-align:start;cursor:pointer}.way:is(.check,.book,.person){grid-column:1/-1}.way svg{color:var(--link);fill:none;stroke:currentColor}.way small{display:block;font-weight:400;font-size:calc(.82*var(--rem));color:var(--quiet)}.way:hover{border-color:var(--link);background:var(--soft)}
.asked-often{display:flex;flex-wrap:wrap;gap:calc(.4*var(--rem))}
.chip{flex:none;min-height:36px;max-width:100%;padding:calc(.3*var(--rem)) calc(.9*var(--rem));border:1px solid var(--link);border-radius:18px;background:var(--raised);color:var(--link)!important;font-size:calc(.92*var(--rem))!important;text-align:start;cursor:pointer}.chip:hover{background:var(--soft)}
.primary{display:block;width:100%;min-height:44px;padding:calc(.5*var(--rem)) calc(1.2*var(--rem));border:0;border-radius:22px;background:var(--brand);color:var(--on-brand)!important;font-weight:600!important;text-align:center;text-decoration:none;cursor:pointer}.primary:disabled{background:var(--line);color:var(--strong)!important;cursor:default}
.log{flex:1;display:flex;flex-direction:column;gap:2px;padding:calc(.5*var(--rem)) calc(.8*var(--rem)) var(--rem);overflow:auto;overscroll-behavior:contain;position:relative}.log:focus-visible{outline-offset:-3px}
.log>*{flex:none}.row{display:grid;grid-template-columns:28px minmax(0,1fr);column-gap:8px;margin-top:calc(.6*var(--rem));content-visibility:auto;contain-intrinsic-size:auto 80px}.row.next{margin-top:0}.row>.bubble{grid-column:2}.row.visitor,.row.system{grid-template-columns:minmax(0,1fr)}.row:is(.visitor,.system)>.bubble,.row[data-local]>.bubble{grid-column:1/-1}
.row:has(.card){content-visibility:visible;grid-template-columns:minmax(0,1fr)}.row:has(.card)>.face{display:none}.row:has(.card)>.bubble,.row:has(.urgent)>.bubble{grid-column:1/-1}.row:has(.urgent)>.face{display:none}
.face{grid-row:1;align-self:start;margin-top:calc(1.35*var(--rem));display:grid;place-items:center;width:28px;height:28px;border-radius:50%;background:var(--soft);color:var(--link);font-size:11px;font-weight:700}.row.staff .face{background:var(--brand);color:var(--on-brand)}
.day{align-self:center;margin-top:calc(.75*var(--rem))!important;font-size:calc(.82*var(--rem));color:var(--quiet)}
.bubble{position:relative;justify-self:start;max-width:100%;min-width:0;overflow-wrap:anywhere}
.bubble .text{display:grid;gap:calc(.45*var(--rem));width:fit-content;max-width:100%;padding:calc(.55*var(--rem)) calc(.9*var(--rem));border:1px solid var(--line);border-radius:18px;background:var(--raised)}.row:not(.next) .text{border-start-start-radius:6px}
.bubble .text :is(ul,ol){padding-inline-start:calc(1.2*var(--rem))}
.who{margin:0 calc(.3*var(--rem)) 2px!important;font-size:calc(.82*var(--rem));line-height:1.4;color:var(--quiet)}
.bubble.visitor{justify-self:end;max-width:86%;text-align:end}.bubble.visitor .text{margin-inline-start:auto;border-color:transparent;border-radius:18px;border-end-end-radius:6px;background:var(--brand);color:var(--on-brand);text-align:start;white-space:pre-wrap}.bubble.visitor a{color:inherit}
.bubble.staff .text{border-color:var(--link)}
.bubble.system{justify-self:center;text-align:center;font-size:calc(.88*var(--rem));color:var(--quiet)}.bubble.system .text{margin-inline:auto;padding:0 calc(.5*var(--rem));border:0;background:none}.bubble.system:not(.urgent) .who{display:none}
.bubble.card{border:1px solid var(--line);border-radius:12px;background:var(--raised);justify-self:stretch}
.bubble.urgent{justify-self:stretch;display:grid;gap:calc(.5*var(--rem));padding:calc(.8*var(--rem));border:1px solid var(--danger);border-radius:12px;background:var(--danger-soft);color:var(--strong);text-align:start}.bubble.urgent .text{padding:0;border:0;background:none}.bubble.urgent .who{margin:0!important}
.flag{color:var(--danger);font-weight:700}.bubble.urgent .text p:first-child{font-weight:600}.bubble.urgent .text a{color:var(--danger);font-weight:700}
.panel .call{display:grid;place-items:center;min-height:48px;border-radius:24px;background:#a3160f;color:#fff;font-weight:700;text-decoration:none}
.again{min-height:36px;margin-top:4px;padding:0 calc(.8*var(--rem));border:1px solid var(--danger);border-radius:18px;background:none;color:var(--danger)!important;cursor:pointer}
.footer{display:flex;flex-wrap:wrap;align-items:center;gap:calc(.25*var(--rem)) calc(.5*var(--rem));min-height:28px;margin-top:4px;font-size:calc(.82*var(--rem));color:var(--quiet)}
.medical{flex-basis:100%}.sources summary{display:inline-flex;align-items:center;min-height:28px;padding:0 calc(.7*var(--rem));border:1px solid var(--line);border-radius:14px;list-style:none;cursor:pointer}.sources summary::-webkit-details-marker{display:none}.sources[open]{flex-basis:100%}.sources ul{margin:calc(.4*var(--rem)) 0;padding-inline-start:calc(1.1*var(--rem))}
.helpful{display:flex;flex-wrap:wrap;align-items:center;gap:calc(.25*var(--rem)) calc(.4*var(--rem))}.thumb{display:grid;place-items:center;width:32px;height:28px;padding:0;border:0;border-radius:14px;background:none;color:var(--quiet)!important;cursor:pointer}.thumb svg{width:17px;height:17px;fill:none;stroke:currentColor}.thumb.down svg{transform:rotate(180deg)}.thumb:hover{background:var(--soft)}
.choices{flex:none;display:flex;gap:calc(.4*var(--rem));margin-top:calc(.5*var(--rem));margin-inline:calc(-.8*var(--rem));padding:4px calc(.8*var(--rem));overflow-x:auto;scrollbar-width:thin;scroll-snap-type:x proximity}.choices .chip{min-height:44px;max-width:80%;border-radius:22px;scroll-snap-align:start}.choices.quiet .chip{min-height:36px;border-color:var(--line);border-radius:18px}
.fresh{align-self:center;flex:none;margin:-44px 0 0;z-index:1;min-height:36px;padding:0 var(--rem);border:0;border-radius:18px;background:var(--strong);color:var(--page)!important;font-size:calc(.9*var(--rem))!important;cursor:pointer;box-shadow:0 4px 16px rgb(0 0 0/.25)!important}
.typing{display:flex;gap:5px;padding:calc(.3*var(--rem)) calc(1.4*var(--rem)) calc(.6*var(--rem))}.typing i{width:8px;height:8px;border-radius:50%;background:var(--quiet)}
.status,.wait{padding:calc(.5*var(--rem)) var(--rem);background:var(--soft);font-size:calc(.88*var(--rem))}.home .status{border-radius:12px}
.wait{display:flex;flex-wrap:wrap;align-items:center;gap:calc(.35*var(--rem)) calc(.5*var(--rem))}.wait p{flex-basis:100%}
.composer{display:grid;grid-template-columns:1fr auto;gap:calc(.4*var(--rem));align-items:end;padding:calc(.5*var(--rem)) calc(.75*var(--rem)) max(calc(.5*var(--rem)),env(safe-area-inset-bottom));border-top:1px solid var(--line);background:var(--raised)}
.composer textarea:focus-visible{outline-offset:0;outline-width:2px}
.composer textarea{width:100%;min-height:44px;padding:calc(.6*var(--rem)) var(--rem);border:1px solid var(--field);border-radius:22px;background:var(--page);resize:none}
.problem{grid-column:1/-1;color:var(--danger);font-size:calc(.9*var(--rem))}
.asked{grid-column:1/-1;display:grid;gap:calc(.3*var(--rem));font-size:calc(.88*var(--rem))}.asked input{min-height:44px;padding:0 var(--rem);border:1px solid var(--field);border-radius:12px;background:var(--page);color-scheme:light dark;font-size:var(--rem)!important}
.send{display:grid;place-items:center;padding:0;width:44px;height:44px;border:0;border-radius:50%;background:var(--brand);color:var(--on-brand)!important;cursor:pointer}
.low .top{min-height:44px;padding-block:0}.low .subtitle,.low .mark{display:none}.low .composer{padding-block:4px}
@media (max-width:480px),(max-height:480px){.panel{inset:var(--above,0) 0 auto!important;width:100%;height:var(--visible,100dvh);border-radius:0}.top{padding-top:max(calc(.5*var(--rem)),env(safe-area-inset-top))}}
@media (max-width:360px){.mark{display:none}}
@media (prefers-reduced-motion:no-preference){.panel.opening{animation:rise .15s ease-out}.typing i{animation:blink 1.2s infinite}.typing i:nth-of-type(2){animation-delay:.2s}.typing i:nth-of-type(3){animation-delay:.4s}@keyframes rise{from{opacity:0;transform:translateY(8px)}}@keyframes blink{50%{opacity:.25}}}
@media (forced-colors:active){.panel,.bubble:is(.card,.urgent),.bubble .text,.chip,.send,.primary,.fresh,.way,.mark,.face,.call{border:1px solid CanvasText}.bubble.urgent{border-width:4px}}
`;
