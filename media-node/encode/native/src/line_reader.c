#include "line_reader.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool line_reader_fill(struct LineReader *reader, int fd) {
  reader->length -= reader->consumed;
  memmove(reader->data, reader->data + reader->consumed, reader->length);
  reader->consumed = 0;
  ssize_t got = read(fd, reader->data + reader->length, sizeof reader->data - reader->length);
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  reader->length += (size_t)got;
  return got > 0;
}

enum LineResult line_reader_next(struct LineReader *reader, char **line) {
  for (;;) {
    char *start = reader->data + reader->consumed;
    size_t left = reader->length - reader->consumed;
    char *end = memchr(start, '\n', left);
    if (!end) {
      if (reader->skipping || left == sizeof reader->data) {
        bool first = !reader->skipping;
        reader->skipping = true;
        reader->consumed = reader->length;
        if (first) return LINE_TOO_LONG;
      }
      return LINE_NONE;
    }
    reader->consumed += (size_t)(end - start) + 1;
    if (reader->skipping) {
      reader->skipping = false;
      continue;
    }
    *end = '\0';
    *line = start;
    return LINE_READY;
  }
}
