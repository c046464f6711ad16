/* Stands where tpm2-tools looks for libcurl, with which it would fetch a certificate from a vendor's site. There is no
   network here, so there is no HTTP library either, nor the thirty that one would bring: every call says that it failed.
   `rootfs` compiles it; the names are those that /usr/bin/tpm2 asks for, the numbers those of curl/curl.h. */

enum { FAILED_INIT = 2 };

int curl_global_init(long flags) { (void)flags; return FAILED_INIT; }
void curl_global_cleanup(void) {}
void *curl_easy_init(void) { return 0; }
void curl_easy_cleanup(void *handle) { (void)handle; }
int curl_easy_setopt(void *handle, int option, ...) { (void)handle; (void)option; return FAILED_INIT; }
int curl_easy_perform(void *handle) { (void)handle; return FAILED_INIT; }
const char *curl_easy_strerror(int code) { (void)code; return "there is no network"; }
char *curl_easy_escape(void *handle, const char *text, int length) { (void)handle; (void)text; (void)length; return 0; }
char *curl_easy_unescape(void *handle, const char *text, int length, int *given)
{ (void)handle; (void)text; (void)length; (void)given; return 0; }
void curl_free(void *memory) { (void)memory; }
