// Where the operator's clock stands.

/** As the browser has it; the same for the life of the page, so that an instant does not move under the operator's hands. */
export const operatorZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
