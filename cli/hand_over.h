// visq NAME: another program under one roof, as git has it.
#pragma once

#include "base/result.h"

namespace visq::cli {

// Where the first word is a NAME and PATH has a program visq-NAME, that runs in the place of this
// one, with the words that follow. Otherwise nothing happens; a program that cannot be run is an
// error. A file of such a name is written ./NAME.
Status hand_over(int argc, char** argv);

}  // namespace visq::cli
