// Progressive enhancement: every page works without this file. Controls that need it are `hidden` until it runs.
(() => {
  "use strict";
  const each = (selector, act) => document.querySelectorAll(selector).forEach(act);
  const framed = window.parent !== window;

  // One press is one answer: the second submit of a form goes nowhere.
  const busy = (form, is) => {
    form.dataset.busy = is ? "1" : "";
    form.querySelectorAll("button:not([type=button])").forEach((b) => b.setAttribute("aria-disabled", String(is)));
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.target) return;
    if (form.dataset.busy === "1") return event.preventDefault();
    busy(form, true);
    setTimeout(() => busy(form, false), 15000);
  });
  // A page that comes back from the history is ready again.
  window.addEventListener("pageshow", (event) => event.persisted && each("form", (form) => busy(form, false)));

  // <button data-copy="#id" data-copied="Copié" hidden>: copies, or selects where the frame gives no clipboard.
  each("[data-copy]", (button) => {
    const source = document.querySelector(button.dataset.copy);
    if (!source) return;
    const label = button.textContent;
    const select = () => {
      if (source.select) source.select();
      else getSelection().selectAllChildren(source);
    };
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(source.value || source.textContent.trim());
        button.textContent = button.dataset.copied || label;
        setTimeout(() => { button.textContent = label; }, 3000);
      } catch {
        select();
        try { document.execCommand("copy"); } catch { /* selected: the keyboard does the rest */ }
      }
    });
  });

  // <button data-close hidden>: asks the platform's page to close the frame.
  each("[data-close]", (button) => {
    button.hidden = !framed;
    button.addEventListener("click", () => window.parent.postMessage({ subject: "org.imsglobal.lti.close" }, "*"));
  });

  // <button data-print hidden>
  each("[data-print]", (button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });

  // <button data-listen="#id" hidden>: reads aloud, only where there is a voice for the page's language.
  const speech = window.speechSynthesis;
  const offer = () => each("[data-listen]", (button) => {
    const source = document.querySelector(button.dataset.listen);
    const language = source && (source.closest("[lang]") || document.documentElement).lang;
    button.hidden = !source || !speech.getVoices().some((v) => v.lang.slice(0, 2) === language.slice(0, 2));
    if (button.hidden || button.dataset.ready) return;
    button.dataset.ready = "1";
    button.addEventListener("click", () => {
      if (speech.speaking) return speech.cancel();
      const words = new SpeechSynthesisUtterance(source.innerText);
      words.lang = language;
      words.rate = 0.9;
      speech.speak(words);
    });
  });
  if (speech && window.SpeechSynthesisUtterance) {
    offer();
    if (speech.addEventListener) speech.addEventListener("voiceschanged", offer);
    window.addEventListener("pagehide", () => speech.cancel());
  }

  // <form data-autosubmit>: goes at once; <form data-autosubmit="change">: goes when a choice changes.
  each("form[data-autosubmit]", (form) => {
    const go = () => (form.requestSubmit ? form.requestSubmit() : form.submit());
    if (form.dataset.autosubmit === "change") form.addEventListener("change", go);
    else go();
  });
})();
