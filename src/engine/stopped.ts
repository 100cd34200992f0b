/** The step stopped before its next change, because the process was asked to stop or the journal went another way. */
export class Stopped extends Error {}
