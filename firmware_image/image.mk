# The appliance's image. Included by the Makefile; what each script does stands at its head. Needs root on a Debian machine.

IMAGE_BUILD ?= build/image
IMAGE := firmware_image
GENTLY := nice -n 10 ionice -c3
.PHONY: image-began image-tools image-lock image-fetch image-kernel image image-twice image-test image-check image-record

image-began:
	@mkdir -p $(IMAGE_BUILD) && touch $(IMAGE_BUILD)/.began
	@echo "The image needs about 6 GB in $(IMAGE_BUILD) and, on 2 cores, 20 minutes the first time (4 minutes later on)."

image-tools: ## the tools the image is built with (about 3 minutes, 1.6 GB)
	setup/system-packages image
	$(GENTLY) $(IMAGE)/tools $(IMAGE_BUILD)

image-lock: ## settle anew which packages and wheels the image is made of
	$(IMAGE)/lock $(IMAGE_BUILD)

image-fetch: image-tools
	$(IMAGE)/lock --fetch $(IMAGE_BUILD)

image-kernel: image-tools ## the release kernel (12 minutes and more on 2 cores)
	$(GENTLY) $(IMAGE)/kernel/in-tools $(IMAGE_BUILD) release

image: image-began image-fetch image-kernel ## the card image, build/image/kinko-release.img (CAMERA=imx219 or ov5647: one on the ribbon)
	$(GENTLY) $(IMAGE)/rootfs $(IMAGE_BUILD)
	$(GENTLY) $(IMAGE)/image $(IMAGE_BUILD) $(if $(CAMERA),--camera $(CAMERA))
	$(IMAGE)/sbom $(IMAGE_BUILD)
	$(IMAGE)/verify $(IMAGE_BUILD)/kinko-release.img
	$(IMAGE)/told $(IMAGE_BUILD)

image-twice: ## build the release image again, elsewhere and otherwise, and compare (KERNEL=1: the kernel as well)
	$(GENTLY) $(IMAGE)/twice $(IMAGE_BUILD) $(if $(KERNEL),--kernel)

image-test: image-began image-fetch ## the same root marked as a test image, for QEMU's virt machine
	$(GENTLY) $(IMAGE)/kernel/in-tools $(IMAGE_BUILD) test
	$(GENTLY) $(IMAGE)/rootfs $(IMAGE_BUILD) --test
	$(GENTLY) $(IMAGE)/image $(IMAGE_BUILD) --test
	$(IMAGE)/sbom $(IMAGE_BUILD) --test
	$(IMAGE)/verify $(IMAGE_BUILD)/kinko-test.img
	$(IMAGE)/told $(IMAGE_BUILD) --test

image-check: setup-test image image-test ## boot both images in QEMU, sign, attack them; prints a table (half an hour and more)
	nice -n 10 $(BIN)/python $(IMAGE)/testrig/check.py $(IMAGE_BUILD)

image-record: ## put the table of the last image-check, and the picture of the screen, into the reference
	cp $(IMAGE_BUILD)/check-table.md docs/reference/image-check.md
	cp $(IMAGE_BUILD)/check/raspi3b.png docs/pictures/image-raspi3b.png
