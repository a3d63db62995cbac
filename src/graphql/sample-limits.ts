// How much of the past may be asked for at once.

/** Of a mailing's history: more than a screen has columns for. */
export const pointsLimit = 1_000;

/** Of the sending history: samples are kept that long. */
export const minutesLimit = 60;

/** The sampler looks every two seconds. */
export const SAMPLES_PER_MINUTE = 30;
