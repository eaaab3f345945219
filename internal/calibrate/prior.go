package main

// prior is where the search for each coefficient starts, and how far it may
// go: the logarithm's standard deviation. A coefficient that the data do not
// speak to stays here.
// Of whole runs, it is known beforehand that Llama 3 405B's used more than nine
// tenths of its time (arXiv 2407.21783).
var prior = map[string][2]float64{
	"stepVLLM": {1e-3, 1}, "stepSGLang": {1e-3, 1}, "stepTRTLLM": {1e-3, 1},
	"layerVLLM": {40e-6, 1}, "layerSGLang": {40e-6, 1}, "layerTRTLLM": {30e-6, 1},
	"sequenceVLLM": {5e-6, 1}, "sequenceSGLang": {5e-6, 1}, "sequenceTRTLLM": {5e-6, 1},
	"hostVLLM": {30e-6, 0.5}, "hostSGLang": {30e-6, 0.5}, "hostTRTLLM": {20e-6, 0.5}, "serialStep": {2e-3, 1}, "serialSequence": {20e-6, 1}, "distinct": {0.7, 0.4},
	"layerMoE": {30e-6, 1}, "layerLatent": {20e-6, 1}, "layerLinear": {20e-6, 1}, "layerIndex": {40e-6, 0.7}, "timesAmpere": {1.2, 0.3}, "timesBlackwellVLLM": {0.7, 0.4}, "timesBlackwellSGLang": {0.7, 0.4}, "timesBlackwellTRTLLM": {0.7, 0.4},
	"readWeights": {1, 0.3}, "readExperts": {1.3, 0.5}, "readExpertsBlackwell": {1, 0.2}, "readExpertsFP4": {0.8, 0.2}, "readExpertsWidened": {1.3, 0.2}, "layerNarrow": {5e-6, 0.7}, "layerBlocks": {30e-6, 1}, "readKV": {1.2, 0.5}, "readLatent": {1.5, 0.7}, "computeDecode": {1, 0.5}, "prefillVLLM": {1.3, 0.5}, "prefillSGLang": {1.3, 0.5}, "prefillTRTLLM": {1.3, 0.5},
	"computeExperts": {1.5, 0.5}, "computeAttention": {1.7, 0.4}, "computeFP8": {1.2, 0.3}, "sumAlpha": {0.8, 0.5}, "sumBytes": {1, 0.5},
	"prefillLayerVLLM": {50e-6, 1}, "prefillLayerSGLang": {150e-6, 1}, "prefillLayerTRTLLM": {150e-6, 1}, "prefillMoE": {200e-6, 1}, "prefillLatentVLLM": {200e-6, 1}, "prefillLatentSGLang": {300e-6, 1}, "prefillLatentTRTLLM": {300e-6, 1},
	"mixVLLM": {0.9, 0.15}, "mixSGLang": {0.9, 0.15}, "mixTRTLLM": {0.9, 0.15},
	"firstVLLM": {30e-3, 1}, "firstSGLang": {50e-3, 1}, "firstTRTLLM": {50e-3, 1},
	"queueVLLM": {0.5, 0.7}, "queueSGLang": {0.5, 0.7}, "queueTRTLLM": {0.5, 0.7}, "burst": {0.05, 0.3},
	"waveVLLM": {0.1, 0.7}, "waveSGLang": {0.3, 0.7}, "waveTRTLLM": {0.1, 0.7},
	"spread": {0.3, 0.7}, "draft": {1.5, 0.3},
	"useBF16": {0.75, 0.3}, "useFP8": {0.7, 0.3}, "useFP4": {0.6, 0.3}, "useAmpere": {0.9, 0.2}, "useBlackwell": {1, 0.2}, "useExperts": {0.7, 0.3}, "useEarly": {0.9, 0.2}, "useLoRA": {0.75, 0.2},
	"useAttention": {0.7, 0.3}, "layerTime": {200e-6, 1}, "showTensor": {0.6, 0.5}, "showExpert": {0.6, 0.5}, "showData": {0.4, 0.7}, "showBubble": {0.8, 0.4}, "lossDoubling": {0.015, 0.7}, "beside": {0.11, 0.1}, "computeSmall": {0.6, 0.7},
	"powerIdle": {0.3, 0.5}, "powerCompute": {0.5, 0.5}, "powerMemory": {0.3, 0.5}, "powerCache": {0.4, 0.5}, "powerTrain": {0.6, 0.3}, "powerTrainCompute": {0.3, 0.5}, "powerNode": {0.4, 0.4},
}
