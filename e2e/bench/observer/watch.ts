/** What the page is told to watch. Places are parts (0 to 1) of the picture's width and height. */
export interface Watch {
  /** CSS selector of the <video> or <canvas>; of several the largest counts. */
  selector: string;
  /** Centre of what changes on each press. */
  block: { x: number; y: number };
  /**
   * A row of dark and light cells that is different in every frame of the program, for the frames per second; x and y of
   * its upper left corner. Absent where there is none.
   */
  counter?: { x: number; y: number; width: number; height: number; cells: number };
}
