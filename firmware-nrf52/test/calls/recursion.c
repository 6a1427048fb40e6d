/* What tools/calls.py must refuse. */
__attribute__((noinline)) static unsigned odd(unsigned number);

__attribute__((noinline)) static unsigned even(unsigned number)
{
    return number == 0 ? 1 : odd(number - 1) + 1;
}

static unsigned odd(unsigned number)
{
    return number == 0 ? 0 : even(number - 1) + 2;
}

int main(void)
{
    volatile unsigned number = 5;
    return (int)even(number);
}
