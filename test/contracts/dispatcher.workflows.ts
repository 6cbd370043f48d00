/** A workflow that is over without a word in the facts. */
export const endsSilently = async (): Promise<string> => 'over';
