package io.otakey.gateway.cli;

/** What a command works with: the API and the terminal. */
record Session(ApiConnection api, Output output) {}
