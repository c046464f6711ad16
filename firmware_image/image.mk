# The appliance's image. Included by the Makefile; what each script does stands at its head. Needs root on a Debian machine.

IMAGE_BUILD ?= build/image
IMAGE := firmware_image
GENTLY := nice -n 10 ionice -c3
.PHONY: image-tools image-lock image-fetch image-kernel image image-test image-check

$(IMAGE_BUILD)/.tools: $(IMAGE)/tools
	setup/system-packages image
	$(GENTLY) $(IMAGE)/tools $(IMAGE_BUILD)
	@touch $@
image-tools: $(IMAGE_BUILD)/.tools ## the tools the image is built with (about 3 minutes, 1.6 GB)

image-lock: ## settle anew which packages and wheels the image is made of
	$(IMAGE)/lock $(IMAGE_BUILD)

image-fetch: image-tools
	$(IMAGE)/lock --fetch $(IMAGE_BUILD)

image-kernel: image-tools ## the release kernel (12 minutes and more on 2 cores)
	$(GENTLY) $(IMAGE)/kernel/in-tools $(IMAGE_BUILD) release

image: image-fetch image-kernel ## the card image, build/image/kinko-release.img
	$(GENTLY) $(IMAGE)/rootfs $(IMAGE_BUILD)
	$(GENTLY) $(IMAGE)/image $(IMAGE_BUILD)
	$(IMAGE)/sbom $(IMAGE_BUILD)
	$(IMAGE)/verify $(IMAGE_BUILD)/kinko-release.img

image-test: image-fetch ## the same root marked as a test image, for QEMU's virt machine
	$(GENTLY) $(IMAGE)/kernel/in-tools $(IMAGE_BUILD) test
	$(GENTLY) $(IMAGE)/rootfs $(IMAGE_BUILD) --test
	$(GENTLY) $(IMAGE)/image $(IMAGE_BUILD) --test
	$(IMAGE)/verify $(IMAGE_BUILD)/kinko-test.img

image-check: setup-test image-test ## boot the test image in QEMU, sign with it, attack it; prints a table (an hour and more)
	nice -n 10 $(BIN)/python $(IMAGE)/testrig/check.py $(IMAGE_BUILD)
