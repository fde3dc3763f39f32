#define OLDER_STAMP "framespool-abi 2, gcc 12, libstdc++ 12, cxx11 1, c++ 202002, sanitizer none"
#include "older_abi.inc"
