/** AWS asks every minute or later; nothing here is far enough away for that. */
export const pollAfterMs = (): number => 300;
