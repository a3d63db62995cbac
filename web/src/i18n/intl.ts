// Formats of Intl, each made once and remembered: making one takes a hundred times as long as using it. Without a time zone one is for the
// operator's, as it was when the page was opened.

/** Throws a RangeError for a time zone that this browser does not know. */
export const dateFormat = remember((language, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(language, options));
export const numberFormat = remember((language, options: Intl.NumberFormatOptions) => new Intl.NumberFormat(language, options));
export const relativeFormat = remember(
  (language, options: Intl.RelativeTimeFormatOptions) => new Intl.RelativeTimeFormat(language, options),
);
export const listFormat = remember((language, options: Intl.ListFormatOptions) => new Intl.ListFormat(language, options));

/** Options in another order make another format: each caller writes its own in one way. */
function remember<Options, Format>(make: (language: string, options: Options) => Format): (language: string, options: Options) => Format {
  const made = new Map<string, Format>();
  return (language, options) => {
    const key = `${language} ${JSON.stringify(options)}`;
    const known = made.get(key);
    if (known !== undefined) return known;
    const format = make(language, options);
    made.set(key, format);
    return format;
  };
}
