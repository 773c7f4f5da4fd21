"""How a member stands to the head of the household: the 34 words of the base register."""

HEAD = "本人"
RELATIONS: tuple[str, ...] = (
    HEAD, "妻子", "兄弟", "姐妹", "父亲", "母亲", "外婆", "外公", "儿子", "女儿", "孙子", "孙女",
    "丈夫", "祖父", "祖母", "儿媳", "女婿", "嫂子", "弟媳", "舅舅", "外甥", "姑嫂", "伯叔", "伯母",
    "侄子", "侄女", "孙女婿", "孙媳", "重孙", "婆婆", "公公", "爸爸", "奶奶", "其他",
)  # fmt: skip
SAME_AS_HEAD = "户主"
