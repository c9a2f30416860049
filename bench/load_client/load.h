/* All payers of a plan: who begins when. */
#ifndef LOAD_H
#define LOAD_H

#include "plan.h"

/* Lets them pay, and prints the figures. */
void load_play(const struct plan *);

#endif
