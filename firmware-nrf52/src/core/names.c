#include "names.h"

static bool lower_or_digit(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool alphanumeric(uint8_t c)
{
    return lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

bool otakey_is_product_id(struct otakey_span text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (!lower_or_digit(text.data[i]) && (i == 0 || text.data[i] != '-')) {
            return false;
        }
    }
    return text.size >= 1 && text.size <= OTAKEY_PRODUCT_ID_MAX;
}

bool otakey_is_device_id(struct otakey_span text)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        bool sign = c == '.' || c == '_' || c == ':' || c == '-';
        if (!alphanumeric(c) && (i == 0 || !sign)) {
            return false;
        }
    }
    return text.size >= 1 && text.size <= OTAKEY_DEVICE_ID_MAX;
}
