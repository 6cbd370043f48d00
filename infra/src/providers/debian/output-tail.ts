/** The last bytes of an output of any length, in constant memory. */
export class OutputTail {
  private readonly pieces: Buffer[] = [];
  private keptBytes = 0;

  constructor(private readonly bytesMax: number) {}

  add(piece: Buffer): void {
    this.pieces.push(piece);
    this.keptBytes += piece.length;
    for (let first = this.pieces[0]; first && this.keptBytes - first.length >= this.bytesMax; first = this.pieces[0]) {
      this.keptBytes -= first.length;
      this.pieces.shift();
    }
  }

  /** As UTF-8; a character cut at the beginning is left out. */
  text(): string {
    const all = Buffer.concat(this.pieces);
    if (all.length <= this.bytesMax) return all.toString('utf8');
    let start = all.length - this.bytesMax;
    // Continuation bytes of UTF-8 are 10xxxxxx; at most three follow the first byte of a character.
    for (let skipped = 0; skipped < 3 && ((all[start] ?? 0) & 0xc0) === 0x80; skipped++) start++;
    return all.subarray(start).toString('utf8');
  }
}
