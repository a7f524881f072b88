/**
 * How jobs and engines say that memory ran out. 52 is the code by which Spark's processes end on an OutOfMemoryError, 137
 * (SIGKILL) the one by which a kernel or YARN ends them for it; 143 (SIGTERM) is also that of what was stopped or lost.
 */
const OUT_OF_MEMORY =
  /OutOfMemory|out of memory|exit(ed)?( with)?( exit)?[ -]?(code|status)(:| is)? ?(52|137)\b|heap space|GC overhead|memory limits/i;

/** Whether a job's or an engine's words say that memory ran out. */
export const saysOutOfMemory = (text: string): boolean => OUT_OF_MEMORY.test(text);
