/** Stands in every secret that specs enter, so that a leak is known without a list of secrets. No escaping of URLs or JSON changes it. */
export const canaryMark = 'canary7Qx2';

/** A secret for specs. Wherever Patchbay prints, logs or keeps it in whatever form, the suite that entered it fails. */
export const canary = (name: string): string => `${canaryMark}_${name}`;
