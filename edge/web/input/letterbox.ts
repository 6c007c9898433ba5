export interface Size {
  width: number;
  height: number;
}
export interface Box extends Size {
  left: number;
  top: number;
}

/** Largest coordinate of the wire format: the far edge of the picture. */
const FULL_SCALE = 65535;

/** Where a picture lies in a box that shows it whole and centred (CSS `object-fit: contain`). */
export function fittedBox(box: Box, picture: Size): Box {
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  const width = picture.width * scale;
  const height = picture.height * scale;
  return {
    left: box.left + (box.width - width) / 2,
    top: box.top + (box.height - height) / 2,
    width,
    height,
  };
}

/** A point of the page as 0 to 65535 across the picture; the bars beside it count as its edge. */
export function toPicture(x: number, y: number, box: Box, picture: Size): { x: number; y: number } {
  const fitted = fittedBox(box, picture);
  return {
    x: across(x - fitted.left, fitted.width),
    y: across(y - fitted.top, fitted.height),
  };
}

function across(offset: number, length: number): number {
  if (!(length > 0)) return 0;
  return Math.round(Math.max(0, Math.min(1, offset / length)) * FULL_SCALE);
}
