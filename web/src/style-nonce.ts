// By the content security policy, style elements that are written while the page runs need the nonce that came with it.

/** Browsers hide it from everything but scripts. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
}

/** Libraries below Mantine (get-nonce) look for it under this name. */
export function shareStyleNonce(): void {
  Object.assign(globalThis, { __webpack_nonce__: styleNonce() });
}
