/* What tools/calls.py must refuse. */
#include <stdlib.h>

int main(void)
{
    int *volatile number = malloc(sizeof *number);
    return number == NULL;
}
