#pragma once

/// Standard input, output and error of this program, which whoever starts it may have closed or filled.
namespace framespool {

/// Has what nobody has opened taken by /dev/null: else the next file of this process is one of them, a worker's lock or
/// a segment of a topic, and what is printed or logged goes into it. Before anything is opened. What is written to
/// standard output still fails.
void TakeStandardStreams();

/// What a command exits with that would exit with `code`: not with 0 if what it has printed is lost, which it then
/// says.
int AfterPrinting(int code);

}  // namespace framespool
