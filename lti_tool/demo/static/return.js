"use strict";
if (window.top !== window.self) {
  window.top.location.assign(document.querySelector("a[data-return]").href);
}
