#ifndef NEARCADE_LINE_READER_H
#define NEARCADE_LINE_READER_H
#include <stdbool.h>
#include <stddef.h>

/** No command is near as long. */
#define LINE_MAX_BYTES 16384

struct LineReader {
  char data[LINE_MAX_BYTES];
  size_t length, consumed;
  bool skipping; /**< inside a line that was too long */
};

enum LineResult { LINE_NONE, LINE_READY, LINE_TOO_LONG };

/** Reads once from a descriptor that polls as readable. False: end of file or an error. */
bool line_reader_fill(struct LineReader *reader, int fd);
/** The next whole line, ended by a zero byte and valid until the next fill. */
enum LineResult line_reader_next(struct LineReader *reader, char **line);

#endif
