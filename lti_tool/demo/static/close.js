"use strict";
const frame = document.querySelector("iframe[data-close]");
window.addEventListener("message", (event) => {
  const known = event.origin === frame.dataset.origin && event.source === frame.contentWindow;
  if (known && event.data && event.data.subject === "org.imsglobal.lti.close") {
    window.location.assign(frame.dataset.close);
  }
});
