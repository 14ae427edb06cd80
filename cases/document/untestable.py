"""Statements of the document that nothing can be run for, each with the reason."""

from conformance.spec import Claim

# The claim's id, what the document says, and why it cannot be run.
_STATEMENTS = (
    (
        "1/branch",
        "Deep learning is a branch of machine learning, and neural networks are its core.",
        "it says what a word means, and a meaning has no test",
    ),
    (
        "1/breakthroughs",
        "Deep learning brought breakthroughs for images, language and speech.",
        "it is history: the document names no model, data or measure to run",
    ),
    (
        "1/abstraction",
        "Networks learn hidden features by layers of abstraction, and reason strongly.",
        "the document does not say how a feature, a rule or an abstraction is measured",
    ),
    (
        "2.1/layers",
        "A network has many connected nodes, in an input, a hidden and an output layer.",
        "it says what a word means; 4.1/forward-propagate runs such a network",
    ),
    (
        "2.2/rules",
        "By repeated training the network learns the rules within the data by itself.",
        "the document does not say how a rule is measured; 2.2/approach runs what can be",
    ),
    (
        "2.3/features",
        "Deep networks find features of a higher level, more complex and more abstract.",
        "the document names no measure of a feature's level; 2.3/xor runs what can be",
    ),
    (
        "2.3/deep",
        "A deep network is one with several hidden layers.",
        "it says what a word means",
    ),
    (
        "3.3/suited",
        "CNNs suit images, RNNs and LSTMs suit sequences, and all perform excellently.",
        "the document names no task or measure by which one model suits better",
    ),
    (
        "4.1/predictions",
        "By iterating, the network learns the data's rules and predicts accurately.",
        "the example's data are random, so there is nothing to predict; see 4.1/example-targets",
    ),
    (
        "4.2/features",
        "CNNs extract local, then salient, then abstract features, and classify images well.",
        "the document names no measure, data or result",
    ),
    (
        "5/applications",
        "Deep learning succeeds in vision, language, speech, medicine, finance and driving.",
        "it is a list of uses, without a model or a measure",
    ),
    (
        "6/tensorflow",
        "TensorFlow is an end-to-end framework of Google with a rich interface.",
        "rich has no measure; its operations are judged on the page of the frameworks",
    ),
    (
        "6/origins",
        "PyTorch is Facebook's and Pythonic, Keras is easy, NumPy is fast, and all are mainstream.",
        "origin, ease, speed and fame are no matter of right or wrong numbers",
    ),
    (
        "6/scikit-learn",
        "scikit-learn contains the classic algorithms of machine learning.",
        "the document names none of them; its networks are judged on the page of the frameworks",
    ),
    (
        "6/matplotlib",
        "Matplotlib draws data, and helps to understand and diagnose models.",
        "a picture has no true value to be held against",
    ),
    (
        "6/courses",
        "Courses and books by Andrew Ng, Fei-Fei Li and Ian Goodfellow are worth study.",
        "it is advice",
    ),
    (
        "7/future",
        "Deep learning will keep growing, with new architectures.",
        "it is about the future; the document ends within this sentence",
    ),
)

CLAIMS = tuple(Claim(name, statement, untestable=reason) for name, statement, reason in _STATEMENTS)
