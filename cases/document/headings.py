"""The document: its title, author, language, and the headings of its sections.

It ends within the first sentence of its section 7.
"""

from conformance.spec import Document, Heading

DOCUMENT = Document(
    title="深度学习原理与实践：神经网络的奥秘",
    english="Deep learning, principles and practice: the mysteries of neural networks",
    author="禅与计算机程序设计艺术",
    language="zh",
    headings=(
        Heading("1", "背景介绍", "Background"),
        Heading("2", "核心概念与联系", "Core concepts"),
        Heading("2.1", "人工神经网络的基本结构", "Structure of a network"),
        Heading("2.2", "神经网络的训练过程", "Training"),
        Heading("2.3", "深度神经网络的特点", "Deep networks"),
        Heading("3", "核心算法原理和具体操作步骤", "Core algorithms"),
        Heading("3.1", "前向传播算法", "Forward propagation"),
        Heading("3.2", "反向传播算法", "Backpropagation"),
        Heading("3.3", "常见的深度神经网络模型", "Common models"),
        Heading("4", "具体最佳实践：代码实例和详细解释说明", "Practice: code and its explanation"),
        Heading("4.1", "简单全连接神经网络的实现", "A fully connected network"),
        Heading("4.2", "卷积神经网络的实现", "A convolutional network"),
        Heading("5", "实际应用场景", "Applications"),
        Heading("6", "工具和资源推荐", "Tools and resources"),
        Heading("7", "总结：未来发展趋势与挑战", "Summary: trends and challenges"),
    ),
    legend=(
        "L is the loss, summed over outputs and samples; BCE is binary cross-entropy, CE is "
        "cross-entropy. Layers are counted with the input. n is the size of the input, f of the "
        "window, p the padding, s the stride. A comma means and."
    ),
)
