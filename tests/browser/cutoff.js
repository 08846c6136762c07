// What a small or enlarged window cuts off: texts outside the page, boxes that hide what they hold.
() => {
    const found = [];
    const wide = document.scrollingElement.scrollWidth;
    if (wide > innerWidth) found.push(`scrolls sideways: ${wide} > ${innerWidth}`);
    const seen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest(".vh, .skip, .scroll, svg");

    const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node; (node = words.nextNode()); ) {
        if (!node.data.trim() || !seen(node.parentElement)) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        const box = range.getBoundingClientRect();
        const bottom = document.scrollingElement.scrollHeight - scrollY;
        if (box.left < -1 || box.right > innerWidth + 1 || box.top < -scrollY - 1 || box.bottom > bottom + 1)
            found.push(`outside the page: ${node.data.trim().slice(0, 40)}`);
        const holder = node.parentElement.closest("button, section, .flood, .tile, header, footer, main");
        const frame = holder?.getBoundingClientRect();
        const slack = box.height * 0.3; // a font's own box is higher than what it draws
        if (frame && (box.right > frame.right + 2 || box.bottom > frame.bottom + slack || box.left < frame.left - 2 || box.top < frame.top - slack))
            found.push(`outside its ${holder.tagName} ${holder.className}: ${node.data.trim().slice(0, 40)}`);
    }

    const main = document.querySelector("main:not([hidden])")?.getBoundingClientRect();
    const foot = document.querySelector("footer")?.getBoundingClientRect();
    for (const part of document.querySelectorAll("main:not([hidden]) button, main:not([hidden]) h1")) {
        if (!seen(part) || part.closest(".scroll")) continue;
        const box = part.getBoundingClientRect();
        if (foot && box.bottom > foot.top + 2) found.push(`under the foot: ${part.textContent.trim().slice(0, 40)}`);
        if (main && box.bottom > main.bottom + 2) found.push(`below its screen: ${part.textContent.trim().slice(0, 40)}`);
    }
    return found;
};
