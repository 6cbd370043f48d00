/** An even group is dearer than the odd one below it and survives the loss of no more members, and it may split in two halves. */
export const evenGroupWarnings = (members: number): string[] =>
  members % 2 === 0
    ? [`${members} members: split in two halves, neither has a majority and none takes writes. ${members - 1} survive as many losses; ${members + 1} survive more.`]
    : [];
